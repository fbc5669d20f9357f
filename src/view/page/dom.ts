// The page is built from text and elements only. Foreign text is never parsed as markup.

type Content = Node | string | undefined | false;

/** Creates an element with attributes and content. Strings become text nodes. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | boolean | undefined>> = {},
  ...content: Content[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, '');
    else if (typeof value === 'string') made.setAttribute(key, value);
  }
  for (const part of content) if (part !== undefined && part !== false) made.append(part);
  return made;
}

/** Creates a button with an action. */
export function button(
  label: Content,
  attributes: Readonly<Record<string, string | boolean | undefined>>,
  action: () => void,
): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, label);
  made.addEventListener('click', action);
  return made;
}

/** Creates a button that copies a text. */
export function copyButton(text: () => string, what: string): HTMLButtonElement {
  const made = button('Copy', { class: 'copy', 'aria-label': `Copy ${what}` }, () => {
    navigator.clipboard.writeText(text()).then(
      () => say('Copied'),
      () => say('Not allowed'),
    );
  });
  const say = (word: string) => {
    made.textContent = word;
    setTimeout(() => {
      made.textContent = 'Copy';
    }, 1500);
  };
  return made;
}

/** The element of index.html with this id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found as T;
}

/** Sets a text only if it changes, which saves a layout of the page. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
