// The gateway: WebSocket in front of chat and bus.
export { socketSettings } from './config.ts'
export { createGateway, type Gateway, type GatewayOptions } from './gateway.ts'
export { defaultLimits, type GatewayLimits } from './limits.ts'
export { createGatewayServer } from './start.ts'
