import { z } from 'zod';
import { noteText, shapeOf } from '../../domain/field.ts';
import type { JsonObject } from '../../domain/json.ts';
import { evidenceSchema } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';

/** The schemas of fields by name: SectorField if several registers have it alike, FactoryGrade if one has. */
export const fieldSchemas = (): Readonly<Record<string, JsonObject>> => {
  const declared = registers.flatMap(({ entry, descriptive, facts }) =>
    [descriptive, ...facts.map(({ takes }) => takes)].flatMap((fields) =>
      Object.entries(shapeOf(fields, 'as-declared')).map(([name, schema]) => ({ entry, name, json: asJson(schema) })),
    ),
  );
  const alike = [...Map.groupBy(declared, ({ name, json }) => JSON.stringify([name, json])).values()];
  const shared = alike.flatMap((each) => {
    const [{ name, json } = { name: '', json: {} }] = each;
    return new Set(each.map(({ entry }) => entry)).size > 1 ? [[`${capital(name)}Field`, json] as const] : [];
  });
  return {
    ...Object.fromEntries(shared),
    ...Object.fromEntries(declared.map(({ entry, name, json }) => [`${entry}${capital(name)}`, json])),
    Note: asJson(noteText),
    EvidenceList: asJson(z.array(evidenceSchema).max(20)),
  };
};

const capital = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

const asJson = (schema: z.ZodType): JsonObject => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' });
  return json as JsonObject;
};
