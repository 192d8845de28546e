// Traces as pages.

export type { FrameRange, ReportOptions } from './options';
export { writeReport, type ReportSummary } from './write-report';
