import '../look/tokens.css';
import '../look/base.css';
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Button } from '../parts/Button.tsx';
import { dictionaries, type Language, LanguageContext } from '../words/words.ts';
import { Verifier } from './Verifier.tsx';
import css from './verifying.module.css';
import { verifyingWords } from './words.ts';

/** What verifying needs and no browser before 2026 has. */
const isTooOld = !('Temporal' in globalThis) || !('groupBy' in Map);

const File = () => {
  const [language, setLanguage] = useState<Language>(navigator.language.startsWith('zh') ? 'zh' : 'en');
  const words = verifyingWords[language];
  useEffect(() => {
    document.documentElement.lang = dictionaries[language].language.code;
    document.title = words.title;
  }, [language, words]);
  return (
    <LanguageContext value={language}>
      <main className={css.page}>
        <header className={css.head}>
          <h1>{words.title}</h1>
          <Button onPress={() => setLanguage(language === 'zh' ? 'en' : 'zh')}>
            <span lang={language === 'zh' ? 'en' : 'zh-CN'}>{words.other}</span>
          </Button>
        </header>
        <p className={css.intro}>{words.intro}</p>
        {isTooOld ? <p role="alert">{words.tooOld}</p> : <Verifier />}
      </main>
    </LanguageContext>
  );
};

const page = document.getElementById('page');
if (page !== null)
  createRoot(page).render(
    <StrictMode>
      <File />
    </StrictMode>,
  );
