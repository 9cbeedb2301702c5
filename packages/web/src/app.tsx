import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { Suspense, useEffect } from 'react'
import { ApiError } from './api/client.js'
import { linkTo, navigate, useLocation } from './router/location.js'
import { findRoute } from './router/routes.js'
import { Shell } from './shell/shell.js'
import { Button } from './ui/button.js'
import { Loading } from './ui/loading.js'
import { Notice } from './ui/notice.js'
import { Toasts } from './ui/toast.js'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // What the server refuses it will refuse again; what it could not do may work in a moment.
      retry: (count, error) =>
        error instanceof ApiError && (error.status === 0 || error.status >= 502) && count < 2,
      refetchOnWindowFocus: false,
    },
  },
})

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <CurrentPage />
      <Toasts />
    </QueryClientProvider>
  )
}

function CurrentPage() {
  const { path } = useLocation()
  const route = findRoute(path)
  useEffect(() => {
    if (path === '/') navigate(linkTo('/logs'), { replace: true })
  }, [path])
  useEffect(() => {
    document.title = route === undefined ? 'Counterfoil' : `${route.title} · Counterfoil`
  }, [route])
  if (path === '/') return null
  const content =
    route === undefined ? (
      <Notice
        icon="help"
        title="There is no such page"
        actions={<Button onClick={() => navigate(linkTo('/logs'))}>To the log</Button>}
      >
        The address may be cut off, or the page has moved.
      </Notice>
    ) : (
      <Suspense fallback={<Loading />}>
        <route.Component />
      </Suspense>
    )
  return route?.isPublic === true ? content : <Shell current={route}>{content}</Shell>
}
