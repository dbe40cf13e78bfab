/** Prints the devices as JSON. */
import { listDevices } from '../devices.js';

console.log(JSON.stringify(listDevices()));
