// What a browser sees at the printed address: that it runs, and what to try first.
import { createHash } from 'node:crypto'
import type {} from '@goftegu/replica' // for `hide` in a route's schema
import type { FastifyInstance } from 'fastify'

/** Serves `GET /`; `publicUrl` stands in the commands that it shows. */
export async function frontPage(app: FastifyInstance, { publicUrl }: { publicUrl: () => string }): Promise<void> {
  app.get('/', { schema: { hide: true } }, async (_request, reply) =>
    reply.headers(headers).send(pageOf(asText(publicUrl()))),
  )
}

const style = `
  :root { color-scheme: light dark; --ink: #1b2420; --dim: #5c6963; --paper: #fbfaf7; --card: #fff; --line: #e3e2db; --green: #1d7f5f }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e6ebe8; --dim: #93a19a; --paper: #131715; --card: #1b211e; --line: #2c3531; --green: #57c79d }
  }
  * { box-sizing: border-box }
  body { margin: 0; background: var(--paper); color: var(--ink); font: 17px/1.6 system-ui, sans-serif }
  main { max-width: 47rem; margin: 0 auto; padding: clamp(2rem, 8vh, 5rem) 1.25rem 3rem }
  h1 { margin: 0; font-size: 2.4rem; line-height: 1.2; letter-spacing: -.02em }
  h1 span { color: var(--green); font-weight: 500; margin-left: .35em }
  h2 { margin: 2.5rem 0 .5rem; font-size: 1.1rem }
  p { margin: .5rem 0 }
  .state { color: var(--dim); overflow-wrap: anywhere }
  .state::before { content: ""; display: inline-block; width: .6em; height: .6em; border-radius: 50%; margin-inline-end: .5em; background: var(--green) }
  code, pre { font: .86em/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
  pre { margin: .75rem 0; padding: 1rem 1.1rem; overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px }
  ul { margin: .5rem 0; padding: 0; list-style: none }
  li { padding: .5rem 0; border-top: 1px solid var(--line) }
  li:first-child { border-top: 0 }
  a { color: var(--green); text-underline-offset: .2em }
  small { display: block; color: var(--dim) }
`

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-cache',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

function pageOf(address: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Goftegu</title>
<style>${style}</style>
<main>
  <h1>Goftegu<span lang="fa" dir="rtl">گفتگو</span></h1>
  <p class="state">is running at ${address}</p>

  <h2>Try it</h2>
  <p>Two people register; the first gets a cookie, and writes to the second. Who is there already logs in: <code>/api/auth/login/</code> in place of <code>register</code>.</p>
  <pre><code>curl ${address}/api/auth/register/ -c cookies \\
  -H 'content-type: application/json' -d '{"username":"ann","password":"correct horse"}'
curl ${address}/api/auth/register/ \\
  -H 'content-type: application/json' -d '{"username":"bob","password":"battery staple"}'
curl '${address}/api/users/?search=bob' -b cookies</code></pre>
  <p>Put the <code>id</code> that this answers in the place of <code>BOB</code>:</p>
  <pre><code>curl ${address}/api/messages/ -b cookies \\
  -H 'content-type: application/json' -d '{"recipient_id":BOB,"content":"سلام 👋"}'
curl ${address}/api/conversations/ -b cookies</code></pre>

  <h2>Where next</h2>
  <ul>
    <li><a href="/api/openapi.json">/api/openapi.json</a><small>the REST part, described for tools</small></li>
    <li><a href="/readyz">/readyz</a><small>whether all is well, PostgreSQL included</small></li>
    <li><code>README.md</code><small>in the repository: a first conversation with a WebSocket, and every setting</small></li>
    <li><code>docs/protocol.md</code><small>in the repository: all that a client can say and hear</small></li>
  </ul>
</main>
</html>
`
}

function asText(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
