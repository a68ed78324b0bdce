// Package k8sleaderelector declares what the receivers ask of an extension that the module proxy does not serve.
// No configuration of the interop checks elects a leader.
package k8sleaderelector

import "context"

type (
	StartCallback = func(context.Context)
	StopCallback  = func()
)

type LeaderElection interface {
	SetCallBackFuncs(StartCallback, StopCallback)
}
