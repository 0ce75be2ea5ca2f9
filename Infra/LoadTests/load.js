// What a load test sends: one request for each iteration of a scenario, with the headers that the scenario's environment has. Run by k6; a script of your own takes
// URL, HEADERS (a JSON object) and DESTINATION from the environment in the same way.
import http from 'k6/http';

export default function () {
  http.get(__ENV.URL, { headers: JSON.parse(__ENV.HEADERS), tags: { destination: __ENV.DESTINATION } });
}
