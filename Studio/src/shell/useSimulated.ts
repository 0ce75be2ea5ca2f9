import { useQuery } from '@tanstack/react-query';
import { fleetQuery } from '../fleet/queries';

/** True when the fleet stands on the simulated cloud; false while that is not known. */
export function useSimulated(): boolean {
  return useQuery({ ...fleetQuery, select: (fleet) => fleet.simulated }).data ?? false;
}
