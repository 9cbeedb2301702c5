// First of all, so that it runs before anything else does.
import './logs/first-request.js'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.js'
import { applyTheme, storedTheme } from './theme/theme.js'
import './theme/inter.css'
import './theme/tokens.css'
import './theme/base.css'

applyTheme(storedTheme())
const place = document.getElementById('page')
if (place === null) throw new Error('index.html has no place for the page')
createRoot(place).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
