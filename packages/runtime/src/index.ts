// Being a good process: settings, logs, and a life that ends in order.
export { ConfigError, type Environment, loadConfig } from './config.ts'
export { listenOn } from './listen.ts'
export { createLogger, type Logger } from './logger.ts'
export { runService, type Service, type ServiceDescription } from './service.ts'
export { settings } from './settings.ts'
export { StartError } from './start-error.ts'
