// Before the console's own scripts are there: the colours and the language that this person chose, for what is drawn already.
try {
  const root = document.documentElement;
  const scheme = localStorage.getItem('mantine-color-scheme-value');
  if (scheme === 'light' || scheme === 'dark') root.dataset.early = scheme;
  const language = localStorage.getItem('orchestrator.language') ?? navigator.language;
  if (language.toLowerCase().startsWith('zh')) root.lang = 'zh-CN';
} catch {
  // A browser that keeps nothing has chosen nothing.
}
