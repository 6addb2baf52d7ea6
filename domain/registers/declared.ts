/** The registers whose measures plans can set targets for. A new register is one file and one line here. */
export { breakthroughs } from './breakthroughs.ts';
export { criteria } from './criteria.ts';
export { enterprises } from './enterprises.ts';
export { factories } from './factories.ts';
export { listings } from './listings.ts';
export { platforms } from './platforms.ts';
export { solutions } from './solutions.ts';
export { suppliers } from './suppliers.ts';
