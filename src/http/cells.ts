import { z } from 'zod';
import { type Area, areaOf } from '../../domain/places.ts';
import type { Target } from '../../domain/registers/plans.ts';
import { countedOn, type Plan } from '../../domain/targets.ts';
import type { Questions, View } from '../readmodel/questions.ts';

/** Counts in parts that add up to the whole. */

const divisions = ['sector', 'district', 'area', 'sector,district'] as const;
export type Division = (typeof divisions)[number];
export const divisionQuery = z.enum(divisions);

export const cellsAnswer = z
  .array(
    z.object({
      sector: z.string().nullable().optional(),
      district: z.string().nullable().optional(),
      area: z.string().nullable().optional(),
      count: z.int(),
    }),
  )
  .meta({ id: 'Cells', description: 'The count in parts; what has no such place counts under null' });

/** What counts in one place; null if it has no sector, district or area. */
export type PlaceCount = {
  readonly sector?: string | null;
  readonly district?: string | null;
  readonly area?: Area | null;
  readonly count: number;
};

/** A target's count by place, in the order of its names; places that count nothing are left out. */
export const cellsBy = (
  questions: Questions,
  plan: Plan,
  target: Target,
  by: Division,
  { on, size }: Pick<View, 'on' | 'size'>,
): readonly PlaceCount[] => {
  const cells = questions.cells(target, countedOn(plan, on), size);
  const sums = new Map<string, number>();
  for (const { sector, district, lingang, count } of cells) {
    const area = areaOf({ district, lingang }, plan.belt);
    const place = {
      sector: { sector },
      district: { district },
      area: { area },
      'sector,district': { sector, district },
    };
    const key = JSON.stringify(place[by]);
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return [...sums]
    .filter(([, count]) => count !== 0)
    .sort()
    .map(([key, count]) => ({ ...JSON.parse(key), count }));
};
