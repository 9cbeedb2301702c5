import type { MadeLink } from '../api/administration.js'
import { exactTime } from '../time/format.js'
import { useZone } from '../time/zone.js'
import { Button } from '../ui/button.js'
import { Dialog } from '../ui/dialog.js'
import { Banner } from '../ui/notice.js'
import { Secret } from '../ui/secret.js'

/** Says that a link was mailed, or shows it once to whoever has to pass it on. */
export function LinkDialog({ link, onClose }: { readonly link: MadeLink; readonly onClose: () => void }) {
  const zone = useZone()
  const until = exactTime(link.expires_at, zone).slice(0, 16)
  return (
    <Dialog
      title={link.link === null ? 'A mail is on its way' : 'Pass this link on'}
      onClose={onClose}
      foot={
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <div className="form">
        {link.link === null ? (
          <p>
            {link.email} gets a link that works once, until {until}.
          </p>
        ) : (
          <>
            <Banner tone="warning">
              This server sends no mail. Give the link to {link.email} yourself, by a way that nobody else
              reads: whoever has it can use it. It is not shown again.
            </Banner>
            <Secret label="Link" value={link.link} />
            <p className="soft">It works once, until {until}.</p>
          </>
        )}
      </div>
    </Dialog>
  )
}
