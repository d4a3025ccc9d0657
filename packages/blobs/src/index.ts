// Bytes of attachments: one small interface, and the engines that keep it.
export { type Blobs, type ByteRange, createBlobKey, InvalidBlobKey, type StoredBlob } from './blobs.ts'
export { createFolderBlobs, prepareFolder } from './folder-blobs.ts'
export { createPostgresBlobs, type PostgresBlobs } from './postgres-blobs.ts'
export { createS3Blobs, type S3Blobs, type S3Options } from './s3-blobs.ts'
export { parseS3Place, type S3Place } from './s3-place.ts'
export { type S3Credentials, S3Refusal } from './s3-request.ts'
