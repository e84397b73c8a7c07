export { Fault, type FaultCode, isFault } from '../contract/errors.ts';
export type { FileInfo, OrganismStatus, PutOptions, PutReceipt, VerifyReport } from '../contract/services.ts';
export { type Client, type ConnectOptions, connect } from './client.ts';
export { firstLive, type KnownNode } from './first-live.ts';
export { type Passport, readPassport, type UnsignedRequest } from './passport.ts';
export { nodeIdOfPem, presentedKey, type Trust } from './pinning.ts';
export type { ReceptorEvent, ReceptorOptions, ReceptorRoute, Receptors } from './receptors.ts';
export type { Download } from './transfer.ts';
