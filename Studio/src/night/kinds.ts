import { useQuery } from '@tanstack/react-query';
import { useIdentity } from '../identity/identity';
import { wallQuery } from './queries';

/** What kind each cluster is, as the fleet file has it. */
export function useKinds(): (cluster: string) => string | null | undefined {
  const { data: wall } = useQuery(wallQuery(useIdentity()));
  return (cluster) => wall?.clusters.find((one) => one.id === cluster)?.kind;
}
