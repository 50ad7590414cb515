export {
  type WebClientOptions,
  type WebEnrollmentClient,
  type WebReportClient,
  webEnrollmentClient,
  webReportClient,
} from './web-clients.ts';
