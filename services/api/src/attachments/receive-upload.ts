// Takes one file out of a multipart body and streams it into the blobs.
import type { MultipartFile } from '@fastify/multipart'
import { type Blobs, createBlobKey } from '@goftegu/blobs'
import { ChatError, maxAttachmentBytes } from '@goftegu/protocol'
import type { FastifyRequest } from 'fastify'
import { fileNameFrom } from './file-name.ts'
import { checkContent, headBytes, kindOf } from './media-type.ts'

/** What was stored, as chat's row of it. */
export type StoredFile = { blob_key: string; file_name: string; media_type: string; byte_size: number }

/** Everything but the file is small and few; a file that is too large is cut off while it streams. */
const limits = { fileSize: maxAttachmentBytes, files: 1, fields: 10, fieldSize: 1024, parts: 11, headerPairs: 20 }

/** How much of a refused upload is still read, so that its sender hears the answer, before the socket is cut. */
const politenessBytes = 2 * maxAttachmentBytes

/**
 * Stores the body's one file, field `file`, and reads the body to its end: half an upload stores nothing.
 * Throws missing_file, invalid_file_name, unsupported_file_type, file_too_large, upload_incomplete; nothing is left then.
 */
export async function receiveUpload(request: FastifyRequest, blobs: Blobs): Promise<StoredFile> {
  if (!request.isMultipart()) {
    throw new ChatError('unsupported_media_type', { detail: 'Send the file as multipart/form-data, field "file".' })
  }
  let stored: StoredFile | undefined
  try {
    for await (const part of partsOf(request)) {
      if (part.type !== 'file') continue
      if (stored || part.fieldname !== 'file') throw new ChatError('missing_file')
      stored = await storeFile(part, blobs)
    }
    if (!stored) throw new ChatError('missing_file')
    return stored
  } catch (error) {
    readToTheEnd(request)
    if (stored) await blobs.remove(stored.blob_key)
    throw error
  }
}

/** The body's parts; whatever its parser cannot read is told as the sender's fault. */
async function* partsOf(request: FastifyRequest) {
  const parts = parserOf(request)
  for (;;) {
    const next = await parts.next().catch(error => {
      throw bodyError(error)
    })
    if (next.done) return
    yield next.value
  }
}

function parserOf(request: FastifyRequest) {
  try {
    return request.parts({ limits })
  } catch (error) {
    throw bodyError(error)
  }
}

async function storeFile(part: MultipartFile, blobs: Blobs): Promise<StoredFile> {
  const file_name = fileNameFrom(part.filename)
  const kind = kindOf(file_name)
  const chunks = chunksOf(part)
  const head = await readHead(chunks)
  await checkContent(kind, Buffer.concat(head))
  const blob_key = createBlobKey()
  const byte_size = await blobs.put(blob_key, joined(head, chunks))
  return { blob_key, file_name, media_type: kind.mediaType, byte_size }
}

async function* chunksOf({ file }: MultipartFile): AsyncGenerator<Buffer, void> {
  try {
    for await (const chunk of file) {
      if (file.truncated) break
      yield chunk
    }
  } catch (error) {
    throw bodyError(error)
  }
  if (file.truncated) throw new ChatError('file_too_large')
}

async function readHead(chunks: AsyncGenerator<Buffer, void>): Promise<Buffer[]> {
  const head: Buffer[] = []
  for (let size = 0; size < headBytes; ) {
    const next = await chunks.next()
    if (next.done) break
    head.push(next.value)
    size += next.value.length
  }
  return head
}

async function* joined(head: Buffer[], rest: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  yield* head
  yield* rest
}

/** What a fault of the body is called here: the parser's own words are not for people. */
function bodyError(cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'FST_REQ_FILE_TOO_LARGE') return new ChatError('file_too_large', { cause })
  const isOtherForm = typeof code === 'string' && (code === 'FST_PROTO_VIOLATION' || /^FST_.*_LIMIT$/.test(code))
  const hasNoBoundary = cause instanceof Error && cause.message === 'Multipart: Boundary not found'
  if (isOtherForm || hasNoBoundary) return new ChatError('missing_file', { cause })
  return new ChatError('upload_incomplete', { cause })
}

/** A client that still sends does not listen: what is left of its body is read and dropped, within reason. */
function readToTheEnd({ raw }: FastifyRequest): void {
  raw.unpipe() // from the parser: with a file in it that nobody takes it would stop the body for ever
  let dropped = 0
  raw.on('data', chunk => {
    dropped += chunk.length
    if (dropped > politenessBytes) raw.destroy()
  })
  raw.resume()
}
