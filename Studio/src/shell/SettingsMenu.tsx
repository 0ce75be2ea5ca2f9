import { ActionIcon, Menu, Tooltip, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconSettings } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { changeLanguage, type Language, languages } from '../i18n/i18n';
import { changeZone, operatorZone, promotionZone, useZone } from '../ui/time';

const schemes = ['light', 'dark', 'auto'] as const;

/** Appearance, language, and whose zone times are shown in. */
export function SettingsMenu() {
  const { t, i18n } = useTranslation('shell');
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const zone = useZone();
  const chosen = (is: boolean) => (is ? <IconCheck size={14} aria-hidden /> : null);
  return (
    <Menu position="bottom-end" withArrow closeOnItemClick={false}>
      <Menu.Target>
        <Tooltip label={t('settings.label')}>
          <ActionIcon variant="subtle" color="gray" aria-label={t('settings.label')}>
            <IconSettings size={18} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('settings.appearance')}</Menu.Label>
        {schemes.map((scheme) => (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={colorScheme === scheme}
            rightSection={chosen(colorScheme === scheme)}
            onClick={() => setColorScheme(scheme)}
          >
            {t(`settings.${scheme}`)}
          </Menu.Item>
        ))}
        <Menu.Label>{t('settings.language')}</Menu.Label>
        {(Object.keys(languages) as Language[]).map((language) => (
          <Menu.Item
            key={language}
            role="menuitemradio"
            aria-checked={i18n.language === language}
            lang={language}
            rightSection={chosen(i18n.language === language)}
            onClick={() => changeLanguage(language)}
          >
            {languages[language]}
          </Menu.Item>
        ))}
        <Menu.Label>{t('settings.zone')}</Menu.Label>
        <Menu.Item
          role="menuitemradio"
          aria-checked={zone === 'promotion'}
          rightSection={chosen(zone === 'promotion')}
          onClick={() => changeZone('promotion')}
        >
          {t('settings.zonePromotion', { zone: promotionZone })}
        </Menu.Item>
        <Menu.Item
          role="menuitemradio"
          aria-checked={zone === 'operator'}
          rightSection={chosen(zone === 'operator')}
          onClick={() => changeZone('operator')}
        >
          {t('settings.zoneOperator', { zone: operatorZone })}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
