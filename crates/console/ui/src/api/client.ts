import createClient from "openapi-fetch";
import type { paths } from "./schema";
import type { Problem } from "./types";

const client = createClient<paths>({ baseUrl: "/" });

/** What went wrong, in the words of the service's problem document. */
export class ApiProblem extends Error {}

async function read<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (data !== undefined) return data;
  const problem = error as Partial<Problem> | undefined;
  throw new ApiProblem(problem?.detail ?? problem?.title ?? `HTTP ${response.status}`);
}

export const listScans = (cursor: string | undefined) =>
  read(client.GET("/api/v1/scans", { params: { query: { sort: "risk", limit: 50, cursor } } }));

export const getScan = (id: string) => read(client.GET("/api/v1/scans/{id}", { params: { path: { id } } }));

export const renderUrl = (id: string, view: number, preset: string, evaluation: string) =>
  `/api/v1/scans/${id}/views/${view}/render?preset=${preset}&format=png&max_width=3000#${evaluation}`;

export const mapUrl = (id: string, view: number, kind: string) =>
  `/api/v1/scans/${id}/views/${view}/maps/${kind}?format=png`;
