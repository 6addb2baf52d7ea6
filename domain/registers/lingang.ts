import { type Field, optional, yesNo } from '../field.ts';
import type { JsonObject } from '../json.ts';
import { coreDistrict } from '../places.ts';
import type { FieldFault } from '../register.ts';

/** Whether the entry lies in the core, Lingang. */
export const lingang: Field = optional(yesNo('是否位于临港', 'In Lingang', '位于临港', '临港', '是否临港'));

/** Lingang is a part of Pudong. */
export const lingangInPudong = (fields: JsonObject): FieldFault | undefined =>
  fields.lingang === true && fields.district !== coreDistrict
    ? {
        field: 'lingang',
        with: 'district',
        zh: '临港属于浦东新区，与所填的区不符',
        en: 'Lingang is part of Pudong, not of the given district',
      }
    : undefined;
