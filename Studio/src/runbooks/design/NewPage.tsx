import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { Rows } from '../../ui/Rows';
import { currentVersionQuery } from '../queries';
import '../texts';
import { DesignSession } from './DesignSession';

const route = getRouteApi('/new-runbook');

const starter = `# yaml-language-server: $schema=./runbook.schema.json
runbook: new-runbook
description: Say in a sentence what this does.

steps:
  - id: survey
    title: Look at the fleet as it is
    run: fleet.survey
    with: {}
`;

/** A runbook that is not on the shelf yet. */
export function NewPage() {
  const { t } = useTranslation('runbooks');
  const { copyOf, view } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery({ ...currentVersionQuery(copyOf ?? ''), enabled: copyOf != null });
  if (copyOf != null && data == null) {
    return (
      <Page title={t('design.new')}>
        {error != null ? <ProblemNotice error={error} retry={() => void refetch()} /> : <Rows count={12} />}
      </Page>
    );
  }
  const text = data == null ? starter : data.source.replace(/^runbook:.*$/m, `runbook: ${data.name}-copy`);
  return (
    <DesignSession
      key={copyOf ?? ''}
      name={null}
      draft={copyOf == null ? '~new' : `~copy of ${copyOf}`}
      base={{ source: text, digest: '' }}
      search={{ view }}
      change={(next) => {
        // Nothing else stands in this address, and a navigation of its own would overtake the one that follows a publication.
        if ('view' in next) void navigate({ search: (before) => ({ ...before, view: next.view }), replace: true });
      }}
    />
  );
}
