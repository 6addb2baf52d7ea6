/** What a pinned key is kept under, before the subject of who pinned it. */
export const pinnedPrefix = 'pinned-key ';
