import { addTexts } from '../i18n/texts';
import { en } from './texts.en';
import { zh } from './texts.zh';

export { en, zh };

addTexts('runbooks', en, zh);
