// Colours. Each pair of text and ground has a contrast of 4.5:1 at least (WCAG 2.2, 1.4.3), in both themes.

const LIGHT = `
  color-scheme: light;
  --_surface: var(--pc-surface, #ffffff);
  --_sunken: var(--pc-sunken, #f6f7f9);
  --_text: var(--pc-text, #171a21);
  --_muted: var(--pc-muted, #586070);
  --_border: var(--pc-border, #dfe3ea);
  --_control: var(--pc-control-border, #848d9f);
  --_accent: var(--pc-accent, #2f5fd0);
  --_on-accent: var(--pc-on-accent, #ffffff);
  --_success: var(--pc-success, #0d6b3c);
  --_success-surface: var(--pc-success-surface, #e2f5ea);
  --_warning: var(--pc-warning, #7d4b00);
  --_warning-surface: var(--pc-warning-surface, #fdf0d5);
  --_danger: var(--pc-danger, #ae1f35);
  --_danger-surface: var(--pc-danger-surface, #fdeaec);
  --_glyph-text: 27%;
  --_glyph-surface: 94%;
`

const DARK = `
  color-scheme: dark;
  --_surface: var(--pc-surface, #1a1d24);
  --_sunken: var(--pc-sunken, #22262f);
  --_text: var(--pc-text, #eceef3);
  --_muted: var(--pc-muted, #a6afbf);
  --_border: var(--pc-border, #323845);
  --_control: var(--pc-control-border, #757e90);
  --_accent: var(--pc-accent, #9bb8ff);
  --_on-accent: var(--pc-on-accent, #10182b);
  --_success: var(--pc-success, #7fdca6);
  --_success-surface: var(--pc-success-surface, #15352a);
  --_warning: var(--pc-warning, #f3c777);
  --_warning-surface: var(--pc-warning-surface, #3b2d12);
  --_danger: var(--pc-danger, #ffa5b0);
  --_danger-surface: var(--pc-danger-surface, #452027);
  --_glyph-text: 82%;
  --_glyph-surface: 24%;
`

export const theme = `
:host { ${LIGHT} }
@media (prefers-color-scheme: dark) { :host(:not([theme='light'])) { ${DARK} } }
:host([theme='dark']) { ${DARK} }
`
