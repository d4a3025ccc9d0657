// REST in front of accounts and chat, as a Fastify plugin.
export { type ApiOptions, apiPlugin } from './app.ts'
export { type BlobSweep, startBlobSweep } from './attachments/blob-sweep.ts'
export { blobSettings, restSettings } from './config.ts'
export { registerApi } from './start.ts'
