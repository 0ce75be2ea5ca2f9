import { useQuery } from '@tanstack/react-query';
import type { Schema } from '../../api/client';
import { currentVersionQuery } from '../queries';

/** What runs of a name, when it is not what the text was made from: others publish too, also from another tab. Null: it is, or nobody knows. */
export function useNewer(name: string | null, basedOn: string | null): Schema<'VersionDetail'> | null {
  const { data } = useQuery({ ...currentVersionQuery(name ?? ''), enabled: name != null, refetchInterval: 5_000 });
  return name == null || data == null || data.digest === basedOn ? null : data;
}
