// What a process says for each notice that its bus loses, and its row counts.
export const lostNotice = 'a notice of the bus is lost'
