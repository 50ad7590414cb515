import '@fleetfit/store/pglite-worker';
