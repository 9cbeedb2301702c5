/** Documents to begin with. */
export const EXAMPLES = [
  {
    name: 'Newest entries',
    query: `query Newest($query: String) {
  auditLogs(first: 10, query: $query) {
    totalCount
    nodes {
      recordedAt
      action
      severity
      actor { type id label email }
      resource { type id label }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: `{ "query": "since:7d" }`,
  },
  {
    name: 'How much, by hour',
    query: `{
  histogram(interval: HOUR, query: "since:24h") {
    buckets {
      start
      total
      bySeverity { severity count }
    }
  }
}`,
    variables: '',
  },
  {
    name: 'Most frequent actions',
    query: `{
  facets(fields: [ACTION, SEVERITY], first: 10) {
    fields { field values { value count } }
  }
}`,
    variables: '',
  },
] as const
