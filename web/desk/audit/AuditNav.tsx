import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { PageLink } from '../../parts/PageLink.tsx';
import { targetsQuery } from '../../queries.ts';
import { useSpoken } from '../../words/words.ts';
import css from './audit.module.css';
import { auditWords } from './words.ts';

/** The ways between the auditors' pages. */
export const AuditNav = () => {
  const { language, said } = useSpoken();
  const { nav } = said(auditWords);
  const { data } = useQuery(targetsQuery(language, {}));
  const { target = data?.targets[0]?.id } = useParams({ strict: false });
  return (
    <nav className={css.nav} aria-label={nav.label}>
      <PageLink to="/audit" activeOptions={{ exact: true, includeSearch: false }}>
        {nav.trail}
      </PageLink>
      <PageLink to="/audit/compare">{nav.compare}</PageLink>
      {target !== undefined && (
        <PageLink to="/audit/replay/$target" params={{ target }} activeOptions={{ includeSearch: false }}>
          {nav.replay}
        </PageLink>
      )}
    </nav>
  );
};
