// What a person reads when the service is ready: where it is, and what to try first.

/** The lines that the standalone service prints once it can be used at `address`. */
export function welcome(address: string): string {
  return `
Goftegu is ready at ${address}

Try it: make an account (once it is there, login in place of register), and see what it says.

  curl -c cookies -H 'content-type: application/json' \\
    -d '{"username":"ann","password":"correct horse"}' ${address}/api/auth/register/
  curl -b cookies ${address}/api/auth/me/

Stop with Ctrl-C; everything is kept.
`
}
