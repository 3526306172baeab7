/** What the pages read from the server, one function each, cached by TanStack Query. */
import { keepPreviousData, type QueryClient, useQuery } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, toValue } from "vue";

import { useChosenProject } from "@/stores/project";
import { useSession } from "@/stores/session";

import { get, getAll } from "./client";
import { isActive } from "./jobs";
import type {
  ChangeOut,
  ExportOut,
  FactorOut,
  ImageOut,
  ImageState,
  IngestedFileOut,
  JobOut,
  MemberOut,
  NetworkOut,
  PacsOut,
  ProjectOut,
  QuarantinedOut,
  RoundOut,
  StatisticsOut,
  TestSetOut,
  TokenOut,
  UserOut,
} from "./types";

const newestFirst = <T extends { id: number }>(items: T[]): T[] => items.sort((a, b) => b.id - a.id);

export function useProjects() {
  return useQuery({ queryKey: ["projects"], queryFn: () => getAll<ProjectOut>("/projects") });
}

/** The project chosen in the header, with what the signed-in user may do in it. */
export function useProject() {
  const chosen = useChosenProject();
  const session = useSession();
  const query = useQuery({
    queryKey: ["project", () => chosen.id],
    queryFn: () => get<ProjectOut>(`/projects/${String(chosen.id)}`),
    enabled: () => chosen.id !== null,
  });
  const project = computed(() => query.data.value);
  const role = computed(() => project.value?.role ?? null);
  return {
    project,
    error: query.error,
    manages: computed(() => session.administrator || role.value === "manager"),
    reviews: computed(() => session.administrator || role.value === "manager" || role.value === "reviewer"),
  };
}

/** A list that belongs to the chosen project: GET /projects/{id}/{name}. */
function useProjectList<T>(name: string, params: MaybeRefOrGetter<Record<string, unknown>> = {}, most?: number) {
  const chosen = useChosenProject();
  return useQuery({
    queryKey: ["project", () => chosen.id, name, () => toValue(params)],
    queryFn: () => getAll<T>(`/projects/${String(chosen.id)}/${name}`, toValue(params), most),
    enabled: () => chosen.id !== null,
    placeholderData: keepPreviousData,
  });
}

export function useRounds() {
  const query = useProjectList<RoundOut>("rounds");
  return { ...query, rounds: computed(() => newestFirst([...(query.data.value ?? [])])) };
}

export function useNetworks() {
  const query = useProjectList<NetworkOut>("networks");
  return { ...query, networks: computed(() => newestFirst([...(query.data.value ?? [])])) };
}

export function useTestSet() {
  const chosen = useChosenProject();
  return useQuery({
    queryKey: ["project", () => chosen.id, "test-set"],
    queryFn: () => get<TestSetOut>(`/projects/${String(chosen.id)}/test-set`),
    enabled: () => chosen.id !== null,
  });
}

export function useExports() {
  const query = useProjectList<ExportOut>("exports");
  return { ...query, exports: computed(() => newestFirst([...(query.data.value ?? [])])) };
}

/** What waits for a manager to look at it; closed to all others. */
export const useQuarantine = () => useProjectList<QuarantinedOut>("quarantine");

/** The project's connection to a PACS; closed to all but managers. */
export function usePacs() {
  const chosen = useChosenProject();
  return useQuery({
    queryKey: ["project", () => chosen.id, "pacs"],
    queryFn: () => get<PacsOut>(`/projects/${String(chosen.id)}/pacs`),
    enabled: () => chosen.id !== null,
  });
}

export const useMembers = () => useProjectList<MemberOut>("members");

export function useImages(state: MaybeRefOrGetter<ImageState>, most?: number) {
  return useProjectList<ImageOut>("images", () => ({ state: toValue(state) }), most);
}

/** The project's jobs, newest first; asked often while one of them is at work. */
export function useProjectJobs() {
  const chosen = useChosenProject();
  const query = useQuery({
    queryKey: ["project", () => chosen.id, "jobs"],
    queryFn: () => getAll<JobOut>(`/projects/${String(chosen.id)}/jobs`, {}, 200),
    enabled: () => chosen.id !== null,
    refetchInterval: (q) => (q.state.data?.some(isActive) ? 2_000 : 15_000),
  });
  return { ...query, jobs: computed(() => newestFirst([...(query.data.value ?? [])])) };
}

/** The user's own jobs, for the header. */
export function useMyJobs() {
  return useQuery({
    queryKey: ["jobs"],
    queryFn: () => getAll<JobOut>("/jobs", {}, 20),
    refetchInterval: (q) => (q.state.data?.some(isActive) ? 2_000 : 15_000),
  });
}

export function useIngestedFiles(job: MaybeRefOrGetter<number | null>) {
  return useQuery({
    queryKey: ["ingested", () => toValue(job)],
    queryFn: () => getAll<IngestedFileOut>(`/jobs/${String(toValue(job))}/files`, {}, 5000),
    enabled: () => toValue(job) !== null,
  });
}

export function useChanges(job: MaybeRefOrGetter<number>, position: MaybeRefOrGetter<number>) {
  return useQuery({
    queryKey: ["changes", () => toValue(job), () => toValue(position)],
    queryFn: () => get<ChangeOut[]>(`/jobs/${String(toValue(job))}/files/${String(toValue(position))}/changes`),
  });
}

export function useStatistics() {
  const chosen = useChosenProject();
  return useQuery({
    queryKey: ["project", () => chosen.id, "statistics"],
    queryFn: () => get<StatisticsOut>(`/projects/${String(chosen.id)}/statistics`),
    enabled: () => chosen.id !== null,
  });
}

export interface Strategies {
  strategies: string[];
  cold_starts: string[];
  networks: string[];
}

export function useStrategies() {
  return useQuery({
    queryKey: ["strategies"],
    queryFn: () => get<Strategies>("/strategies"),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export const useSecondFactor = () =>
  useQuery({ queryKey: ["second-factor"], queryFn: () => get<FactorOut>("/me/second-factor") });

export const useTokens = () => useQuery({ queryKey: ["tokens"], queryFn: () => getAll<TokenOut>("/tokens") });

export function useUsers(enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({ queryKey: ["users"], queryFn: () => getAll<UserOut>("/users"), enabled: () => toValue(enabled) });
}

/** After a verb: everything shown about projects is asked for again. */
export async function refreshProjects(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ["projects"] }),
    client.invalidateQueries({ queryKey: ["project"] }),
    client.invalidateQueries({ queryKey: ["jobs"] }),
  ]);
}
