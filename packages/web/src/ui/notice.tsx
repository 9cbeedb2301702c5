import type { ReactNode } from 'react'
import { ApiError } from '../api/client.js'
import { Button } from './button.js'
import { Icon, type IconName } from './icon.js'
import './notice.css'

interface NoticeProps {
  readonly icon?: IconName
  readonly title: string
  readonly children?: ReactNode
  readonly actions?: ReactNode
  readonly tone?: 'plain' | 'danger'
}

/** What stands where there is nothing to show: why, and what to do next. */
export function Notice({ icon = 'info', title, children, actions, tone = 'plain' }: NoticeProps) {
  return (
    <div className={`notice notice-${tone}`} role={tone === 'danger' ? 'alert' : 'status'}>
      <span className="notice-icon">
        <Icon name={icon} size={20} />
      </span>
      <h2>{title}</h2>
      {children !== undefined && <div className="notice-text">{children}</div>}
      {actions !== undefined && <div className="notice-actions">{actions}</div>}
    </div>
  )
}

/** A failure, in the API's own words, with what can be done about it. */
export function ErrorNotice({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { title, text } = describe(error)
  const requestId = error instanceof ApiError ? error.body.request_id : undefined
  return (
    <Notice
      icon="warning"
      tone="danger"
      title={title}
      actions={
        onRetry !== undefined && (
          <Button icon="refresh" onClick={onRetry}>
            Try again
          </Button>
        )
      }
    >
      {text}
      {typeof requestId === 'string' && <p className="notice-id mono">{requestId}</p>}
    </Notice>
  )
}

function describe(error: unknown): { readonly title: string; readonly text: string } {
  if (!(error instanceof ApiError)) return { title: 'Something went wrong in the page', text: String(error) }
  const { code, message, hint = '' } = error
  switch (code) {
    case 'unreachable':
      return { title: 'The server cannot be reached', text: hint }
    case 'index_unavailable':
      return { title: 'The search index is away', text: `Recording goes on, and nothing is lost. ${hint}` }
    case 'rate_limit_exceeded':
      return { title: 'Too many requests', text: hint }
    case 'insufficient_scope':
    case 'permission_denied':
      return { title: 'You may not see this', text: hint || message }
    default:
      return { title: message, text: hint }
  }
}

/** A line above what is shown, when that is not the whole truth. */
export function Banner({
  tone,
  children,
}: {
  readonly tone: 'warning' | 'danger' | 'good' | 'plain'
  readonly children: ReactNode
}) {
  return (
    <div className={`banner banner-${tone}`} role="status">
      <Icon name={tone === 'good' ? 'check' : tone === 'plain' ? 'info' : 'warning'} />
      <div>{children}</div>
    </div>
  )
}
