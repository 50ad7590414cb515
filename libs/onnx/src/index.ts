export type { AttributeInput, GraphEditor, GraphView, NewNode } from './graph-view.ts';
export type { Attribute, Constant, ConstantData, ElementType, Graph, Model, Node, Value } from './model.ts';
export type { Arguments, Calibration, Change, Parameter, Pass, PassContext, PassResult, Rule } from './pass.ts';
