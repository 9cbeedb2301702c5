/**
 * What deflate takes as written before each segment, so that the first entry of a segment is small too: the field
 * names and common values of canonical JSON, the commonest last. Part of the format of the journal: another
 * dictionary is another version of `contents`.
 */
const TEXT = [
  '{"code":"","count":0,"currency":"USD","display_name":"","expires_at":"","first_name":"","last_name":"",',
  '"from":"","items":[{"product_id":"","quantity":1}],"amount":0,"method":"password","previous":"","reason":"",',
  '"role":"admin","roles":["owner","member","viewer"],"permissions":["read","write"],"tags":["","url":"https://',
  '"error_code":"","outcome":"failure","outcome":"denied","severity":"warning","severity":"error","severity":"critical",',
  '"severity":"notice","severity":"security","severity":"debug","category":"authentication","category":"access",',
  '"category":"export","category":"system","action":"user.login","action":"session.created","action":"user.deleted",',
  '{"diff":[{"op":"add","path":"/","value":"},{"op":"remove","path":"/"},{"op":"replace","path":"/status","value":"',
  '"operation":{"name":"","text":"mutation ","type":"mutation","variables":{"input":{"id":"","type":"query"',
  '"targets":[{"id":"","label":"","type":"user"}],"on_behalf_of":{"id":"","type":"service"},"correlation_id":"',
  '{"after":{"enabled":true,"name":"","status":"active","email":"},"before":{"enabled":false,"name":"","status":"',
  '{"metadata":{"created_at":"2026-01-01T00:00:00.000Z","description":"","id":"","name":"","number":0,"type":"',
  '"status":"","updated_at":"","user_id":"","version":1,"value":null},',
  '{"ip_address":"10.0.0.1","location":"","region":"us-east-1","request_id":"req_","session_id":"ses_","user_agent":"',
  'python-requests/2.32 curl/8.5 Go-http-client/2.0 okhttp Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36',
  ' (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 (Macintosh; Intel Mac OS X 10_15_7) (X11; Linux x86_64; rv:140.0)',
  ' Gecko/20100101 Firefox/140.0"}"2026-11-21T00:00:00Z"',
  '{"id":"","label":"","name":"","type":"api_key"}{"id":"","type":"system"}',
  '{"email":"@example.com","id":"usr_","name":"","type":"user"}',
  '{"action":".created","category":"operation","description":"","outcome":"success","resource":{"id":"","label":"",',
  '"type":"},"severity":"info","source":{"name":"api","seq":1},"workspace":{"id":"","name":"default"}}',
].join('')

export const CONTENTS_DICTIONARY: Uint8Array = new TextEncoder().encode(TEXT)
