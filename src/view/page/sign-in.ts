import { byId, setText } from './dom.ts';

// The page that asks for the token. It does not store the token: the server sets a cookie.

const choice = localStorage.getItem('theme');
const isDark =
  choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
byId('token').focus();

byId<HTMLFormElement>('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  void signIn(byId<HTMLInputElement>('token').value.trim());
});

async function signIn(token: string): Promise<void> {
  try {
    const response = await fetch('/sign-in', { method: 'POST', body: token });
    if (response.ok) location.replace('/');
    else setText(byId('problem'), (await response.text()).trim());
  } catch {
    setText(byId('problem'), 'The server does not answer');
  }
}
