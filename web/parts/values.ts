import type { DeclaredField } from '../answers.ts';
import { useSpoken } from '../words/words.ts';

/** A field's value as people read it; nothing for a field without one. */
export const useValueText = (): ((field: DeclaredField, value: unknown) => string) => {
  const { words, titled, number, language } = useSpoken();
  const text = (field: DeclaredField, value: unknown): string => {
    if (value === undefined || value === null) return '';
    if (Array.isArray(value)) return value.map((each) => text(field, each)).join(language === 'zh' ? '、' : ', ');
    switch (field.kind) {
      case 'boolean':
        return value === true ? words.yes : words.no;
      case 'choice':
      case 'choices': {
        const option = field.options?.find((each) => each.value === value);
        return option === undefined ? String(value) : titled(option.title);
      }
      case 'money':
        return `${number(Number(value))} ${field.unit === undefined ? '' : titled(field.unit)}`.trim();
      case 'number':
      case 'integer':
        return String(value);
      default:
        // A plan names its core by a word; the one that counting knows has a title.
        if (field.name === 'core' && value === 'lingang') return words.plan.lingang;
        return typeof value === 'object' ? objectText(value) : String(value);
    }
  };
  const objectText = (value: object): string => {
    const { [language]: own, min, max, title, id } = value as Readonly<Record<string, unknown>>;
    if (typeof own === 'string') return own;
    if (typeof title === 'object' && title !== null) return objectText(title);
    if (min !== undefined || max !== undefined) return [min, max].filter((each) => each !== undefined).join('–');
    return typeof id === 'string' ? id : JSON.stringify(value);
  };
  return text;
};
