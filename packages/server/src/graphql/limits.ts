// What a GraphQL request may ask for, checked before anything is executed. Depth, aliases, tokens and cost start from
// what graphql-armor takes for sensible; introspection has bounds of its own, because GraphiQL's own query is deep.

export const GRAPHQL_BODY_BYTES_MAX = 102_400
/** Levels of objects and arrays in the request body; coercing variables recurses. */
export const BODY_DEPTH_MAX = 64
export const TOKENS_MAX = 1_000
/** Fields within fields. */
export const DEPTH_MAX = 10
/** GraphiQL's introspection query is 14 deep. */
export const INTROSPECTION_DEPTH_MAX = 16
/** Aliased fields, each counted as often as fragments bring it in; so are fields at the root and directives. */
export const ALIASES_MAX = 15
export const ROOT_FIELDS_MAX = 5
export const DIRECTIVES_MAX = 50
/** GraphiQL's introspection query costs about 60,000 by the estimates in `cost.ts`. */
export const INTROSPECTION_COST_MAX = 200_000
export const DEADLINE_MS = 10_000
/** Errors of a document that are told at once. */
export const ERRORS_MAX = 10
