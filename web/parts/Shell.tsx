import { useQuery } from '@tanstack/react-query';
import { Outlet, useLocation, useMatches, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { plansQuery, targetsQuery } from '../queries.ts';
import { useSession } from '../session.ts';
import { type Times, todayInShanghai } from '../times.ts';
import { dictionaries, type Language, LanguageContext, useSpoken } from '../words/words.ts';
import { Dials } from './Dials.tsx';
import { useKeptFocus } from './kept-focus.ts';
import { useKeys } from './keys.ts';
import { useLive } from './live.ts';
import { isMadeUp } from './made-up.ts';
import { Outdated } from './Outdated.tsx';
import { PageLink, timesAndLanguage } from './PageLink.tsx';
import css from './Shell.module.css';

const WallPage = lazy(() => import('../pages/wall/WallPage.tsx').then((page) => ({ default: page.WallPage })));

/** What stands around every page: where one is, both times, and whether numbers arrive live. */
export const Shell = () => {
  const { lang = 'zh', wall } = useSearch({ strict: false });
  const { pathname } = useLocation();
  useEffect(() => {
    document.documentElement.lang = dictionaries[lang].language.code;
    document.title = dictionaries[lang].name;
  }, [lang]);
  return (
    <LanguageContext value={lang}>
      {wall !== undefined && pathname === '/' ? (
        <Suspense>
          <WallPage />
        </Suspense>
      ) : (
        <Frame />
      )}
    </LanguageContext>
  );
};

const Frame = () => {
  const { language, words } = useSpoken();
  // The server's day counts, not the browser's.
  const { data: plans } = useQuery(plansQuery(language, {}));
  const today = plans?.on ?? todayInShanghai(Date.now());
  const { on, knownAt } = useSearch({ strict: false });
  const isTimeless = useMatches({ select: (matches) => matches.some(({ staticData }) => staticData.isTimeless) });
  const navigate = useNavigate();
  useKeptFocus();
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
      {isMadeUp && <p className={css.madeUp}>{words.madeUp}</p>}
      <main id="content" className={css.content} tabIndex={-1}>
        {!isTimeless && <Dials times={{ on, knownAt }} today={today} onChange={change} />}
        <Outlet />
      </main>
      <Footer />
      <Outdated />
    </>
  );
};

const Header = () => {
  const { language, words } = useSpoken();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [openAt, setOpenAt] = useState<string>();
  const isOpen = openAt === pathname;
  useKeys({ '/': () => void navigate({ to: '/search', search: timesAndLanguage }) });
  const other: Language = language === 'zh' ? 'en' : 'zh';
  return (
    <header className={css.header} data-open={isOpen || undefined}>
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
        <DeskLinks />
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
      <Person />
    </header>
  );
};

/** What the person who is signed in may do beside reading. */
const DeskLinks = () => {
  const { words } = useSpoken();
  const { may } = useSession();
  return (
    <>
      {may('clerk') && <PageLink to="/review">{words.nav.review}</PageLink>}
      {may('clerk', 'auditor') && <PageLink to="/imports">{words.nav.imports}</PageLink>}
      {may('auditor') && <PageLink to="/audit">{words.nav.audit}</PageLink>}
      {may('admin') && <PageLink to="/admin/plans">{words.nav.plans}</PageLink>}
      {may('admin') && <PageLink to="/admin/accounts">{words.nav.accounts}</PageLink>}
    </>
  );
};

const Person = () => {
  const { words } = useSpoken();
  const { session } = useSession();
  if (session === undefined) return null;
  return session === null ? (
    <PageLink to="/sign-in" className={css.person}>
      {words.nav.signIn}
    </PageLink>
  ) : (
    <PageLink to="/account" className={css.person} label={words.nav.account(session.name)}>
      {session.name}
    </PageLink>
  );
};

const Footer = () => {
  const { language, words, number } = useSpoken();
  const { on, knownAt } = useSearch({ strict: false });
  const { data } = useQuery(targetsQuery(language, { on, knownAt }));
  const { isConnected, message } = useLive({ on, knownAt });
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
