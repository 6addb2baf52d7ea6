import type { Measurement } from '../bench.ts';

export const wire: Measurement = async () => [];
