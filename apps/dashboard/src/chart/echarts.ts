import { CustomChart, ScatterChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

// Only what the front needs; this file is loaded when a chart is.
use([ScatterChart, CustomChart, GridComponent, CanvasRenderer]);

export { init };
