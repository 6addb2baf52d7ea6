import { useQuery } from '@tanstack/react-query';
import { Outlet, useLocation, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { plansQuery, targetsQuery } from '../queries.ts';
import { type Times, todayInShanghai } from '../times.ts';
import { dictionaries, type Language, LanguageContext, useSpoken } from '../words/words.ts';
import { Dials } from './Dials.tsx';
import { useLive } from './live.ts';
import { PageLink, timesAndLanguage } from './PageLink.tsx';
import css from './Shell.module.css';

/** What stands around every page: where one is, both times, and whether numbers arrive live. */
export const Shell = () => {
  const { lang = 'zh' } = useSearch({ strict: false });
  useEffect(() => {
    document.documentElement.lang = dictionaries[lang].language.code;
    document.title = dictionaries[lang].name;
  }, [lang]);
  return (
    <LanguageContext value={lang}>
      <Frame />
    </LanguageContext>
  );
};

const Frame = () => {
  const { language, words } = useSpoken();
  // The server's day counts, not the browser's.
  const { data: plans } = useQuery(plansQuery(language, {}));
  const today = plans?.on ?? todayInShanghai(Date.now());
  const { on, knownAt } = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = (times: Times) =>
    void navigate({
      to: '.',
      search: (known: object) => ({ ...known, on: times.on, knownAt: times.knownAt }),
      replace: true,
      resetScroll: false,
    });
  return (
    <>
      <a className={css.skip} href="#content">
        {words.skip}
      </a>
      <Header />
      <main id="content" className={css.content} tabIndex={-1}>
        <Dials times={{ on, knownAt }} today={today} onChange={change} />
        <Outlet />
      </main>
      <Footer />
    </>
  );
};

const Header = () => {
  const { language, words } = useSpoken();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [openAt, setOpenAt] = useState<string>();
  const isOpen = openAt === pathname;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target } = event;
      const isTyping = target instanceof HTMLElement && target.matches('input, select, textarea, [contenteditable]');
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      void navigate({ to: '/search', search: timesAndLanguage });
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [navigate]);
  const other: Language = language === 'zh' ? 'en' : 'zh';
  return (
    <header className={css.header}>
      <PageLink to="/" className={css.brand}>
        <span aria-hidden="true" className={css.mark} />
        {words.name}
      </PageLink>
      <button
        type="button"
        className={css.menu}
        aria-expanded={isOpen}
        onClick={() => setOpenAt(isOpen ? undefined : pathname)}
      >
        {words.menu}
      </button>
      <nav className={css.nav} data-open={isOpen || undefined} aria-label={words.nav.label}>
        <PageLink to="/" activeOptions={{ exact: true }}>
          {words.nav.plan}
        </PageLink>
        <PageLink to="/registers">{words.nav.registers}</PageLink>
        <PageLink to="/search">{words.nav.search}</PageLink>
      </nav>
      <button
        type="button"
        className={css.language}
        lang={dictionaries[other].language.code}
        aria-label={words.language.otherLabel}
        onClick={() =>
          void navigate({ to: '.', search: (known: object) => ({ ...known, lang: other }), replace: true })
        }
      >
        {words.language.other}
      </button>
    </header>
  );
};

const Footer = () => {
  const { language, words, number } = useSpoken();
  const { on, knownAt } = useSearch({ strict: false });
  const { data } = useQuery(targetsQuery(language, { on, knownAt }));
  const { isConnected, message } = useLive();
  return (
    <footer className={css.footer}>
      <p>{data === undefined ? '' : words.footer(number(data.size))}</p>
      <p className={isConnected ? css.live : css.away}>
        <span aria-hidden="true">●</span> {isConnected ? words.live.on : words.live.off}
      </p>
      <p className={css.address}>{location.href}</p>
      <p className="visually-hidden" role="status">
        {message}
      </p>
    </footer>
  );
};
