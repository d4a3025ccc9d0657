// Two users who have met: something to see on the first day.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Replica } from '@goftegu/replica'
import { StartError } from '@goftegu/runtime'

const people = [
  { username: 'sara', first_name: 'Sara', last_name: 'Ahmadi' },
  { username: 'omid', first_name: 'Omid', last_name: 'Karimi' },
] as const

type Accounts = Replica['accounts']
type Username = (typeof people)[number]['username']
type Passwords = Record<Username, string>

const messages: { from: Username; to: Username; content: string }[] = [
  { from: 'sara', to: 'omid', content: 'سلام امید! Does it work?' },
  { from: 'omid', to: 'sara', content: 'It does. کتاب‌ها رسیدند 📚' },
  { from: 'sara', to: 'omid', content: 'Then I log in as you and you as me, and we write to each other.' },
]

/**
 * Makes sure that the two users and their conversation are there; doing it again adds nothing.
 * Their passwords are made up once and kept in `demo.json` of the data folder, mode 0600. Answers them by username.
 * Throws StartError where one of the names belongs to somebody else.
 */
export async function ensureDemo({ accounts, chat }: Replica, dataDir: string) {
  const passwords = ensurePasswords(join(dataDir, 'demo.json'))
  const ids = {} as Record<Username, number>
  for (const person of people) {
    ids[person.username] = await ensureUser(accounts, { ...person, password: passwords[person.username] })
  }
  for (const [index, { from, to, content }] of messages.entries()) {
    // The key makes a repeat find what is there, even if it was edited or deleted since.
    const message = { recipient_id: ids[to], content, client_id: `demo-${index + 1}` }
    await chat.messages.postDirect({ id: ids[from], is_staff: false }, message)
  }
  return passwords
}

/** What is printed where they were not asked for. */
export const demoHint = 'Two users and a conversation to begin with: npm start -- --demo\n'

/** What is printed about them. */
export function demoNotice(passwords: Passwords, address: string): string {
  const lines = people.map(({ username }) => `  ${username}   ${passwords[username]}`)
  return `
Two users and a conversation are there. Their passwords:

${lines.join('\n')}

  curl -c cookies -H 'content-type: application/json' \\
    -d '{"username":"sara","password":"${passwords.sara}"}' ${address}/api/auth/login/
  curl -b cookies ${address}/api/conversations/
`
}

function ensurePasswords(file: string): Passwords {
  if (!existsSync(file)) {
    const made: Passwords = { sara: madeUp(), omid: madeUp() }
    writeFileSync(file, `${JSON.stringify(made)}\n`, { mode: 0o600 })
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Passwords
}

function madeUp(): string {
  return randomBytes(9).toString('base64url')
}

/** Registers or logs in; the session that this opens is ended again. */
async function ensureUser(accounts: Accounts, person: Parameters<Accounts['register']>[0]): Promise<number> {
  const { user, token } = await accounts.register(person).catch(error => {
    if (codeOf(error) !== 'username_taken') throw error
    return login(accounts, person)
  })
  const principal = await accounts.authenticate(token)
  if (principal) await accounts.logout(principal)
  return user.id
}

async function login(accounts: Accounts, person: { username: string; password: string }) {
  try {
    return await accounts.login(person)
  } catch (cause) {
    if (codeOf(cause) !== 'invalid_credentials') throw cause
    throw new StartError(
      `There is a user ${person.username} already, with another password than the demonstration's. Start without --demo, or with another DATA_DIR.`,
      { cause },
    )
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
