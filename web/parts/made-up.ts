/** Whether the entries are invented, which every page then says. */
export const isMadeUp = document.querySelector<HTMLMetaElement>('meta[name="made-up"]')?.content === 'yes';
