import { program } from 'commander';
import { addAdaptCommand } from './commands-adapt.ts';
import { addExportCommand } from './commands-export.ts';
import { addDeviceCommands } from './commands-fleet.ts';
import { addLibraryCommands } from './commands-library.ts';
import { addSweepCommands } from './commands-sweep.ts';
import { addUpCommands } from './commands-up.ts';

program
  .name('fleetfit')
  .description(
    'Finds, for every class of device in a fleet, the best compressed version of a vision model, by measuring on the devices themselves',
  )
  .version('0.1.0')
  .option('--home <folder>', 'data folder (default: FLEETFIT_HOME, or ~/.fleetfit)')
  .option('--json', 'answer in JSON, for programs')
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('(see fleetfit --help)')
  .addHelpText(
    'after',
    '\nA first sweep:\n  fleetfit up --here\n  fleetfit dataset add images/\n  fleetfit model add model.onnx --dataset images\n  fleetfit sweep run --model model --dataset images\n  fleetfit export s1',
  );
addUpCommands(program);
addDeviceCommands(program);
addLibraryCommands(program);
addAdaptCommand(program);
addSweepCommands(program);
addExportCommand(program);
await program.parseAsync();
