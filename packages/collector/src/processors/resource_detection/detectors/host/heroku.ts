import { defineDetector } from '../../detector.ts';

export const heroku = defineDetector({
  attributes: {
    'cloud.provider': true,
    'heroku.app.id': true,
    'heroku.dyno.id': true,
    'heroku.release.commit': true,
    'heroku.release.creation_timestamp': true,
    'service.instance.id': true,
    'service.name': true,
    'service.version': true,
  },
  create:
    (_config, { environment, failOnMissingMetadata }) =>
    async () => {
      const dyno = environment['HEROKU_DYNO_ID'];
      const app = environment['HEROKU_APP_ID'];
      if (failOnMissingMetadata && dyno === undefined && app === undefined) return undefined;
      return {
        'service.instance.id': dyno,
        'heroku.app.id': app,
        'cloud.provider': app === undefined ? undefined : 'heroku',
        'service.name': environment['HEROKU_APP_NAME'],
        'heroku.release.creation_timestamp': environment['HEROKU_RELEASE_CREATED_AT'],
        'service.version': environment['HEROKU_RELEASE_VERSION'],
        'heroku.release.commit': environment['HEROKU_SLUG_COMMIT'],
      };
    },
});
