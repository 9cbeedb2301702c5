/** What somebody is told who is signed in by single sign-on. */
export const byProvider =
  'You signed in at your organization’s provider, which looks after this. Sign in with your password to change it here.'
