// What is said: scripts and signs that suffer first when bytes are cut or decoded twice.
const phrases = [
  'سلام، چطوری؟',
  'می‌روم',
  'مرحبا',
  '👩‍👩‍👧‍👦 👋🏽',
  'e\u0301 \u0928\u093f',
  'plain words',
  '"quoted" \\ and \n broken',
]

/** A text that holds `mark`, the same each time. */
export function textOf(mark: string): string {
  const sum = [...mark].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0)
  return `${phrases[sum % phrases.length]} ${mark}`
}
